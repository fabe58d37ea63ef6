"""What the OpenAPI document says of screening's endpoints: bodies from the structs that decode them."""

from drf_spectacular.utils import extend_schema

evaluate = extend_schema(operation_id="evaluateTransaction")
evaluate_batch = extend_schema(operation_id="evaluateTransactionBatch")
