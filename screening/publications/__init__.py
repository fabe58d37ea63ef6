"""Results published to a Kafka topic, where a framl caller names one: queued with the decision, sent at least once."""
