"""Answers of a reader's own, judged one by one: what is wrong with them, and where."""

from matcalc.grading.answers import Answer, AnswersReader
from matcalc.grading.grade import grade
from matcalc.grading.verdict import Finding, Grades, Verdict

__all__ = ["Answer", "AnswersReader", "Finding", "Grades", "Verdict", "grade"]
