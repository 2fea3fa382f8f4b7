"""The product on another EVM implementation than the one it is developed on."""
