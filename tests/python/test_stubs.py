"""The types that are told to checkers are those of the package."""

import ast
import inspect
import pathlib
import re
import unittest

import kompakt
import kompakt.warp
from kompakt import _kompakt

FOLDER = pathlib.Path(inspect.getfile(kompakt)).parent


def stub_functions(body):
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def is_property(node):
    return any(isinstance(decorator, ast.Name) and decorator.id == "property" for decorator in node.decorator_list)


def parameters_of_stub(node):
    """Names with their kind and whether there is a default: "data /", "format", "*progress=", "**options"."""
    taken = node.args
    positional = [*taken.posonlyargs, *taken.args]
    without = len(positional) - len(taken.defaults)
    found = []
    for at, argument in enumerate(positional):
        mark = " /" if argument in taken.posonlyargs else ""
        found.append(argument.arg + mark + ("=" if at >= without else ""))
    found += [f"*{argument.arg}" + ("" if default is None else "=") for argument, default in
              zip(taken.kwonlyargs, taken.kw_defaults)]
    return found + ([f"**{taken.kwarg.arg}"] if taken.kwarg else [])


def parameters_of_binding(function, name):
    """The same of what pybind11 writes into the first line of a docstring."""
    first = function.__doc__.splitlines()[0]
    match = re.fullmatch(re.escape(name) + r"\((.*)\) -> .*", first)
    if match is None:
        raise AssertionError(f"no signature: {first}")
    found, only_keywords = [], False
    for part in re.split(r", (?![^\[(]*[\])])", match[1]) if match[1] else []:
        if part == "/":
            found = [entry.replace("=", "") + " /" + ("=" if "=" in entry else "") for entry in found]
        elif part == "*":
            only_keywords = True
        elif part.startswith("**"):
            found.append("**")
        else:
            plain = part.split(":")[0].split("=")[0].strip()
            found.append(("*" if only_keywords else "") + plain + ("=" if "=" in part else ""))
    return found


def agree(stub, binding):
    """A stub may ask for keywords where pybind11 would take positions as well, and names its **keywords as it likes."""
    def plain(entry):
        return "**" if entry.startswith("**") else entry.lstrip("*")
    return [plain(entry) for entry in stub] == [plain(entry) for entry in binding]


@unittest.skipUnless((FOLDER / "_kompakt.pyi").is_file(), "the package lies here without its stubs")
class ExtensionModule(unittest.TestCase):
    def setUp(self):
        self.tree = ast.parse((FOLDER / "_kompakt.pyi").read_text())
        self.functions = stub_functions(self.tree.body)
        self.classes = {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    def test_every_name_has_a_stub_and_every_stub_a_name(self):
        names = {name for name in vars(_kompakt) if not name.startswith("_")}
        self.assertEqual(names, set(self.functions) | set(self.classes))

    def test_functions_take_what_their_stubs_say(self):
        for name, node in self.functions.items():
            with self.subTest(name):
                found = parameters_of_binding(getattr(_kompakt, name), name)
                self.assertTrue(agree(parameters_of_stub(node), found), f"{parameters_of_stub(node)} {found}")

    def test_classes_have_what_their_stubs_say(self):
        for name, node in self.classes.items():
            kind = getattr(_kompakt, name)
            members = stub_functions(node.body)
            public = {member for member in vars(kind) if not member.startswith("_")}
            with self.subTest(name):
                self.assertEqual(public, {member for member in members if not member.startswith("_")})
            for member, stub in members.items():
                with self.subTest(f"{name}.{member}"):
                    found = getattr(kind, member)
                    self.assertEqual(isinstance(found, property), is_property(stub))
                    if not isinstance(found, property):
                        self.assertTrue(agree(parameters_of_stub(stub)[1:], parameters_of_binding(found, member)[1:]),
                                        f"{parameters_of_stub(stub)} {found.__doc__}")

    def test_every_parameter_and_result_of_the_stubs_has_a_type(self):
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                self.assertEqual(untyped(node), [], node.name)


def untyped(node):
    """Parameters of a function that have no type, and "return"."""
    taken = node.args
    every = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, *filter(None, (taken.vararg, taken.kwarg))]
    missing = [argument.arg for argument in every if argument.annotation is None and argument.arg not in ("self", "cls")]
    return missing + ([] if node.returns is not None else ["return"])


class Package(unittest.TestCase):
    def test_is_marked_as_typed(self):
        self.assertTrue((FOLDER / "py.typed").is_file())

    def test_every_name_that_is_exported_is_there(self):
        for module in (kompakt, kompakt.warp):
            for name in module.__all__:
                self.assertTrue(hasattr(module, name), f"{module.__name__}.{name}")
        public = {name for name, value in vars(kompakt).items()
                  if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"}
        self.assertEqual(public - set(kompakt.__all__), set())

    def test_every_public_function_is_typed_throughout(self):
        for file in sorted(FOLDER.glob("*.py")):
            tree = ast.parse(file.read_text())
            functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
            for node in functions:
                with self.subTest(f"{file.name}: {node.name}"):
                    self.assertEqual(untyped(node), [])

    def test_every_public_function_and_class_says_what_it_does(self):
        for name in kompakt.__all__:
            value = getattr(kompakt, name)
            if inspect.isclass(value) or inspect.isroutine(value):
                self.assertTrue((value.__doc__ or "").strip(), name)


if __name__ == "__main__":
    unittest.main()
