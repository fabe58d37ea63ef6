"""Files of cases: what is taken (`kinds`), under which name (`names`), where its bytes lie (`store`), who adds and reads
them (`services`). Nothing here may trust what a file says of itself."""
