"""How the models that Marque ships were made: data, training, export and evaluation."""
