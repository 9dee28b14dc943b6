"""The merge of CI configurations: steps and hooks."""

from tests.life.format_examples import check


def test_steps_of_a_job_keep_their_order() -> None:
    check(
        ".github/workflows/ci.yml",
        """
        jobs:
          test:
            steps:
              - uses: actions/checkout@1 # v1
              - run: make test
        """,
        """
        jobs:
          test:
            env:
              MINE: 1
            steps:
              - uses: actions/checkout@1 # v1
                with:
                  depth: 0
              - run: make mine
              - run: make test
              - name: last
                run: make last
        """,
        """
        jobs:
          test:
            env:
              REQUIRE: "1" # why
            services:
              redis:
                image: redis
            steps:
              - uses: actions/checkout@2 # v2
              - run: make check
              - run: make test
        """,
        """
        jobs:
          test:
            env:
              REQUIRE: "1" # why
              MINE: 1
            services:
              redis:
                image: redis
            steps:
              - uses: actions/checkout@2 # v2
                with:
                  depth: 0
              - run: make check
              - run: make mine
              - run: make test
              - name: last
                run: make last
        """,
    )


def test_a_hook_of_the_user_and_a_newer_version_are_merged() -> None:
    check(
        ".pre-commit-config.yaml",
        """
        repos:
          - repo: https://example.com/ruff
            rev: v1
            hooks:
              - id: check
        """,
        """
        repos:
          - repo: https://example.com/ruff
            rev: v1
            hooks:
              - id: check
              - id: mine
          - repo: local
            hooks: []
        """,
        """
        repos:
          - repo: https://example.com/ruff
            rev: v2
            hooks:
              - id: check
                args: [--fix]
              - id: format
        """,
        """
        repos:
          - repo: https://example.com/ruff
            rev: v2
            hooks:
              - id: check
                args: [--fix]
              - id: format
              - id: mine
          - repo: local
            hooks: []
        """,
    )
