"""The contract of `shared.ledger.port.Ledger`, for the ledger in memory and the one in DynamoDB alike."""
