"""The fine-tuning wizard's window: pages that show the states of :mod:`assistant.training.flow`."""
