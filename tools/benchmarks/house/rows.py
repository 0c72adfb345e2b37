# SPDX-License-Identifier: Apache-2.0
"""rows.py: a figure, what it is held against in the same run, and its target."""


def row(name, figure, unit, against=None, target=None, met=None, **more):
    return dict(name=name, figure=figure, unit=unit, against=against, target=target, met=met, **more)
