"""render(report) → str. The JSON shape is the contract; the text says the same to a person."""
