from django.core.management import call_command

from erqi.accounts.models import User


def test_the_first_administrator_gets_a_random_password_shown_once(db, capsys):
    call_command("create_first_admin")
    shown = capsys.readouterr().out
    admin = User.objects.get()
    password = next(line.split()[-1] for line in shown.splitlines() if "password" in line)
    assert (admin.username, admin.is_superuser, admin.check_password(password)) == ("admin", True, True)
    assert len(password) >= 16
    assert "下一步" in shown


def test_a_second_run_makes_and_prints_nothing(db, capsys):
    call_command("create_first_admin")
    capsys.readouterr()
    call_command("create_first_admin")
    assert capsys.readouterr().out == ""
    assert User.objects.count() == 1


def test_a_name_that_is_taken_is_not_fatal(db, capsys):
    User.objects.create(username="admin")
    call_command("create_first_admin")
    assert User.objects.get(is_superuser=True).username == "admin2"
