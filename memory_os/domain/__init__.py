"""What memory is: values and pure functions, no input or output."""
