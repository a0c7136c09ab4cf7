"""Steps that come and go: as a spreadsheet both ways, and as BPMN for other people's tools."""
