"""In which country the creator behind an account lives: it decides which help lines are shown."""

from django.db import models

from integrations.models import SocialAccount


class CreatorCountry(models.Model):
    """Chosen by a person; without it the creator's time zone is a guess."""

    account = models.OneToOneField(SocialAccount, on_delete=models.CASCADE, related_name="country")
    country = models.CharField(max_length=2)  # ISO 3166-1, lower case; a table of help.toml
    chosen_by_label = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.account_id} {self.country}"
