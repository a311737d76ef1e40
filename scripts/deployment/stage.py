"""A stage: a function of the world, its name, and what it shows, which is its docstring."""

import dataclasses
import inspect
import typing


@dataclasses.dataclass
class Stage:
    name: str
    about: str
    run: typing.Callable
    essential: bool = False  # what comes after it cannot do without


def stage(function=None, *, essential=False, into):
    """Adds a function to a list of stages."""

    def add(function):
        about = inspect.getdoc(function).split("\n")[0]
        into.append(Stage(function.__name__.replace("_", "-"), about, function, essential))
        return function

    return add(function) if function else add
