"""What the desktop modeler calls: the part of Camunda 7's REST API that its Deploy button needs, under /engine-rest."""
