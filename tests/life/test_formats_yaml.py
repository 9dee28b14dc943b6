"""The merge of `compose.yaml`: a test for each rule."""

from flaskwright.merge import merge
from tests.life.format_examples import check, text

PLAIN = """
x-service: &service
  build: .
  environment: &environment
    APP_ENV: production

services:
  web:
    <<: *service
    ports: ["8000:8000"]
"""
QUEUE = """
x-service: &service
  build: .
  environment: &environment
    APP_ENV: production
    BROKER_URL: redis://redis
  depends_on: &depends_on
    redis: { condition: service_healthy }

x-migrated: &migrated
  <<: *service
  depends_on:
    <<: *depends_on
    migrate: { condition: service_completed_successfully }

services:
  web:
    <<: *migrated
    ports: ["8000:8000"]

  worker:
    <<: *migrated
    command: worker

  redis:
    image: redis:8
    volumes: ["redis-data:/data"]

volumes:
  redis-data:
"""
OWN_DEPENDS_ON = ("APP_ENV: production\n", "APP_ENV: production\n  depends_on:\n    mail:\n")


def edited(compose: str, *changes: tuple[str, str]) -> str:
    """Return the text with each old part, which must occur once, replaced by the new one."""
    for old, new in changes:
        assert compose.count(old) == 1, old
        compose = compose.replace(old, new)
    return compose


def test_new_services_of_both_sides_are_kept() -> None:
    label = ('["8000:8000"]\n', '["8000:8000"]\n    labels: [mine]\n')
    mail = ("    labels: [mine]\n", "    labels: [mine]\n\n  mail: # why\n    image: mail\n")

    check(
        "compose.yaml",
        PLAIN,
        edited(PLAIN, label, mail),
        QUEUE,
        edited(QUEUE, label).replace("\nvolumes:", "\n  mail: # why\n    image: mail\n\nvolumes:"),
    )


def test_a_mapping_that_the_user_created_gets_the_templates_entries_and_anchor() -> None:
    ours = edited(PLAIN, OWN_DEPENDS_ON) + "\nvolumes: # mine\n  mail:\n"

    check(
        "compose.yaml",
        PLAIN,
        ours,
        QUEUE,
        edited(
            QUEUE,
            (
                "    redis: { condition: service_healthy }\n",
                "    redis: { condition: service_healthy }\n    mail:\n",
            ),
            ("volumes:\n  redis-data:\n", "volumes: # mine\n  redis-data:\n  mail:\n"),
        ),
    )


def test_mappings_keep_the_users_entries_when_the_templates_are_removed() -> None:
    own = [
        ("APP_ENV: production\n", "APP_ENV: production\n    MINE: 1\n"),
        ("  depends_on: &depends_on\n", "  depends_on: &depends_on\n    mail:\n"),
        ("volumes:\n  redis-data:\n", "volumes:\n  redis-data:\n  mail:\n"),
    ]

    check(
        "compose.yaml",
        QUEUE,
        edited(QUEUE, *own),
        PLAIN,
        edited(PLAIN, own[0]).replace(
            "\n\nservices", "\n  depends_on: &depends_on\n    mail:\n\nservices"
        )
        + "\nvolumes:\n  mail:\n",
    )


def test_a_mapping_that_the_user_removed_returns_with_new_entries_only() -> None:
    mail = ("services:\n  web:", "services:\n  mail:\n    image: mail\n\n  web:")
    base = edited(QUEUE, mail, ("  redis-data:\n", "  redis-data:\n  other-data:\n"))
    ours = edited(base, ("volumes:\n  redis-data:\n  other-data:\n", "# no volumes\n"))
    theirs = edited(base, ("  redis-data:\n", "  mail-data:\n  redis-data:\n"))

    check(
        "compose.yaml",
        base,
        ours,
        theirs,
        ours.replace("\n# no", "\nvolumes:\n  mail-data:\n\n# no"),
    )


def test_a_mapping_that_the_user_removed_in_part_can_be_removed() -> None:
    base = edited(QUEUE, ("  redis-data:\n", "  redis-data:\n  other-data:\n"))

    check("compose.yaml", base, QUEUE, PLAIN, PLAIN)


def test_a_null_value_is_not_a_missing_key() -> None:
    created_first = PLAIN + "\nvolumes:\n  redis-data:\n"

    check("compose.yaml", PLAIN, created_first, QUEUE, QUEUE)
    check("compose.yaml", PLAIN, PLAIN + "\nvolumes:\n", QUEUE, QUEUE)
    check(
        "compose.yaml",
        QUEUE,
        edited(QUEUE, ("command: worker", "command: worker\n    tty: ")),
        QUEUE.replace("volumes:\n  redis-data:", "volumes:\n  redis-data: {}"),
        edited(QUEUE, ("command: worker", "command: worker\n    tty: ")).replace(
            "volumes:\n  redis-data:", "volumes:\n  redis-data: {}"
        ),
    )


def test_an_edited_service_is_kept_whole_with_a_note() -> None:
    check(
        "compose.yaml",
        QUEUE,
        edited(QUEUE, ("image: redis:8", "image: redis:7")),
        PLAIN,
        PLAIN + '\n  redis:\n    image: redis:7\n    volumes: ["redis-data:/data"]\n',
        "services.redis: kept because you edited it; the template removed it",
    )


def test_a_service_of_the_user_is_not_mixed_with_the_templates() -> None:
    own = "\n  redis:\n    image: valkey\n"

    check(
        "compose.yaml",
        PLAIN,
        PLAIN + own,
        QUEUE,
        edited(
            QUEUE, ('  redis:\n    image: redis:8\n    volumes: ["redis-data:/data"]\n', own[1:])
        ),
        "services.redis: kept your version; the template's version differs",
    )


def test_an_alias_whose_anchor_was_removed_is_replaced() -> None:
    check(
        "compose.yaml",
        QUEUE,
        edited(
            QUEUE, ("  redis:\n", "  mine:\n    <<: *migrated\n    command: mine\n\n  redis:\n")
        ),
        PLAIN,
        PLAIN + "\n  mine:\n    <<: *service\n    command: mine\n",
        "replaced *migrated with *service, because the template removed its anchor",
    )


def test_an_alias_that_cannot_be_replaced_is_a_conflict() -> None:
    own = "\n  mine:\n    image: mine\n    depends_on: *depends_on\n"
    base = QUEUE.replace("\nvolumes:\n  redis-data:\n", "\n# end\n")
    theirs = PLAIN + "\n# end\n"

    done = merge("compose.yaml", text(base), text(base + own), text(theirs))

    assert done.conflict
    assert done.notes == ("your changes and the template's cannot be combined automatically",)
    assert b"\n<<<<<<< yours\n" in done.content
    assert b"depends_on: *depends_on\n" in done.content


def test_the_users_comments_on_removed_lines_are_kept() -> None:
    check(
        "compose.yaml",
        QUEUE,
        edited(
            QUEUE,
            ("  redis:\n", "  # above\n  redis:\n"),
            ("image: redis:8", "image: redis:8 # after"),
            ("web:\n    <<: *migrated", "web:\n    <<: *migrated # mine"),
        ),
        PLAIN,
        edited(PLAIN, ("web:\n    <<: *service", "web:\n    <<: *service # mine"))
        + "  # above\n  # after\n",
    )


def test_a_comment_belongs_to_the_entry_of_its_indentation() -> None:
    base = edited(QUEUE, ("\n\nvolumes:", "\nvolumes:"))

    check(
        "compose.yaml",
        base,
        edited(base, ("\nvolumes:", "\n  # mine, on services\n# mine, on volumes\nvolumes:")),
        edited(base, ('\n  redis:\n    image: redis:8\n    volumes: ["redis-data:/data"]\n', "")),
        edited(
            base,
            ('\n  redis:\n    image: redis:8\n    volumes: ["redis-data:/data"]\n', ""),
            ("\nvolumes:", "\n  # mine, on services\n# mine, on volumes\nvolumes:"),
        ),
    )


def test_a_value_that_both_changed_is_the_users_with_a_note() -> None:
    check(
        "compose.yaml",
        QUEUE,
        edited(QUEUE, ("redis:8", "redis:7")),
        edited(QUEUE, ("redis:8", "redis:9"), ("command: worker", "command: work")),
        edited(QUEUE, ("redis:8", "redis:7"), ("command: worker", "command: work")),
        "services.redis.image: kept your redis:7; the template has redis:9",
    )


def test_a_note_has_one_line() -> None:
    several = edited(QUEUE, ("redis:8", '"redis:\\n7"'))
    newer = edited(QUEUE, ("redis:8", "redis:9"))

    done = merge("compose.yaml", text(QUEUE), text(several), text(newer))

    assert done.notes == ("services.redis.image: kept your redis: 7; the template has redis:9",)


def test_a_service_name_may_end_in_a_number() -> None:
    check(
        "compose.yaml",
        PLAIN,
        PLAIN + "\n  mail (2):\n    image: mail\n",
        edited(PLAIN, ("build: .", "build: here")),
        edited(PLAIN, ("build: .", "build: here")) + "\n  mail (2):\n    image: mail\n",
    )


def test_an_item_that_both_added_stays_at_the_users_place() -> None:
    check(
        ".gitlab-ci.yml",
        "test:\n  script:\n    - a\n    - b\n",
        "test:\n  script:\n    - a\n    - b\n    - x\n",
        "test:\n  script:\n    - x\n    - a\n    - w\n    - b\n",
        "test:\n  script:\n    - a\n    - w\n    - b\n    - x\n",
    )


def test_a_list_in_brackets_is_merged() -> None:
    check(
        "compose.yaml",
        PLAIN,
        edited(PLAIN, ('["8000:8000"]', '["8000:8000", "9000:9000"] # mine')),
        edited(PLAIN, ('["8000:8000"]', '["80:80"]')),
        edited(PLAIN, ('["8000:8000"]', '["80:80", "9000:9000"] # mine')),
    )


def test_a_list_with_dashes_is_merged_with_one_in_brackets() -> None:
    dashes = ('    ports: ["8000:8000"]', '    ports:\n      - "8000:8000"\n      - mine # why')

    check(
        "compose.yaml",
        PLAIN,
        edited(PLAIN, dashes),
        edited(PLAIN, ('["8000:8000"]', '["8000:8000", "80:80"]')),
        edited(PLAIN, dashes, ("      - mine", '      - "80:80"\n      - mine')),
    )


def test_a_command_is_merged_as_one_value() -> None:
    check(
        "compose.yaml",
        edited(QUEUE, ("command: worker", "command: [work, -v]")),
        edited(QUEUE, ("command: worker", "command: [work, -v, -q]")),
        edited(QUEUE, ("command: worker", "command: [work, -v, -v]")),
        edited(QUEUE, ("command: worker", "command: [work, -v, -q]")),
        "services.worker.command: kept your ['work', '-v', '-q']; "
        "the template has ['work', '-v', '-v']",
    )


def test_yaml_with_a_duplicate_key_is_merged_as_text() -> None:
    twice = PLAIN + "\n  web:\n    image: mine\n"

    done = merge(
        "compose.yaml", text(PLAIN), text(twice), text(PLAIN.replace("build: .", "build: a"))
    )

    assert done.notes == (
        "merged as plain text, because a version cannot be parsed: line 11: duplicate key web",
    )
    assert done.content.decode() == text(twice.replace("build: .", "build: a")).decode()
