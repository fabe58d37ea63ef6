"""Reports as goAML XML, the structure that the United Nations Office on Drugs and Crime publishes: 4.0 and 5.0.2."""
