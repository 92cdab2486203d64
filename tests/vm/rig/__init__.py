"""The rig of the whole-machine tests: a network of its own, virtual PCs, disks and a depot."""
