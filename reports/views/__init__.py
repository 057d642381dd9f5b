"""Views of a result: HTML, text, JUnit XML, GitHub annotations, a badge."""
