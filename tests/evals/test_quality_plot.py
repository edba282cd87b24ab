"""The drawing of quality against latency."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from evals.quality_plot import Point, draw, points_of


def test_every_point_is_drawn_and_named() -> None:
    drawn = draw([Point("ours", "a<b", 2.5, 0.9), Point("tutorial", "a<b", 20.0, 0.8)], "here & now")
    tree = ET.fromstring(drawn)
    texts = [one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")]

    assert texts.count("a<b") == 2
    assert "here & now" in texts


def test_better_and_faster_is_up_and_to_the_left() -> None:
    tree = ET.fromstring(draw([Point("ours", "cars", 2.0, 0.9), Point("tutorial", "cars", 30.0, 0.5)], ""))
    circles = [
        (float(one.attrib["cx"]), float(one.attrib["cy"])) for one in tree.iter("{http://www.w3.org/2000/svg}circle")
    ]
    ours, tutorial = circles[0], circles[2]

    assert ours[0] < tutorial[0]
    assert ours[1] < tutorial[1]


def test_comparisons_that_were_kept_are_drawn_too(tmp_path: Path) -> None:
    peer = {"query_p50_ms": 20.0, "ndcg@10": 0.5}
    (tmp_path / "compare-cars.json").write_text(json.dumps({"peer": peer}))
    sets = [{"data": name, "query_p50_ms": 2.0, "ndcg@10": 0.9} for name in ("cars", "vans")]

    assert points_of(sets, tmp_path) == [
        Point("ours", "cars", 2.0, 0.9),
        Point("tutorial", "cars", 20.0, 0.5),
        Point("ours", "vans", 2.0, 0.9),
    ]
