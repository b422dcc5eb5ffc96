"""What a migration may ask of the processes of the version before, which serve on while it is applied."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.migrations import AddField, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader

OURS = ("accounts", "applications", "twofactor")


def added(migration: Migration) -> Iterator[tuple[str, str]]:
    """The fields that it adds to tables which were there before it: model and field."""
    made = {each.name_lower for each in migration.operations if isinstance(each, CreateModel)}
    for each in migration.operations:
        if isinstance(each, AddField) and each.model_name_lower not in made:
            yield each.model_name_lower, each.name


LATER = [
    pytest.param(label, model, name, id=f"{label}-{migration}-{model}.{name}")
    for (label, migration), each in sorted(MigrationLoader(None).disk_migrations.items())
    if label in OURS and not each.initial
    for model, name in added(each)
]


def test_there_are_later_fields_of_each_application_of_ours():
    assert {each.values[0] for each in LATER} == set(OURS)


@pytest.mark.parametrize(("label", "model", "name"), LATER)
def test_a_process_of_the_version_before_writes_rows_without_a_later_field(label, model, name):
    """It does not know the column: what it leaves out is null, or what the database puts there."""
    fields = {field.name: field for field in apps.get_model(label, model)._meta.local_concrete_fields}
    if field := fields.get(name):
        assert field.null or field.has_db_default(), f"{field} needs a db_default"
