"""Pictures of a procedure: swim lanes as SVG, Mermaid text, BPMN 2.0, and the same in words."""
