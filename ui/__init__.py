"""The Qt program: shows what the engine says, tells it what the user did."""
