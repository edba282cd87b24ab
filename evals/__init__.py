"""How good and how fast: golden questions, public benchmarks, speed and faults."""
