"""What runs on the host: virtual board and house, build, image, benchmarks."""
