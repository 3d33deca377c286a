"""Energy control: from what the meter and the battery say to one set-point, and why.

`controller.decide()` is the door. Nothing here has a clock, a wire or a float. Signs as
everywhere: grid import and battery discharge are positive.
"""
