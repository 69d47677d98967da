"""What the load needs: projects, and people with tokens. Prints them as JSON; run with the site's environment."""

import json
import sys

import django


def seed(writers: int, projects: int) -> dict:
    from erqi.accounts.models import User
    from erqi.accounts.roles import Role
    from tests import factories

    district = factories.district()
    codes = [factories.ProjectFactory(area=district.area, lead_unit=district.street).code for _ in range(projects)]

    def key(user: User) -> str:
        return factories.key_for(user)

    return {
        "projects": codes,
        "writers": [
            key(factories.user_with(Role.REPORTER, over=district.area, username=f"w{n}")) for n in range(writers)
        ],
        "reviewer": key(district.reviewer),
        "reader": key(district.leader),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(seed(int(sys.argv[1]), int(sys.argv[2]))))
