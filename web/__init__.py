"""What people see and what programs call."""
