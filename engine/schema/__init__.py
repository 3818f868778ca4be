"""The type systems of both ends and of the contract model; generation from the SDK."""
