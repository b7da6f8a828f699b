"""One signature a day over all chains of the workspace, and the timestamps on it."""

from django.db import models


class EvidenceSeal(models.Model):
    """The root of the tree over every chain's last link at the end of a day (UTC), signed."""

    day = models.DateField(unique=True)
    statement = models.TextField()  # the canonical JSON that is signed and time-stamped
    heads = models.JSONField()  # [case id or null, sequence] of each chain, in the tree's order
    key = models.CharField(max_length=64)  # Ed25519 public key, hex
    signature = models.CharField(max_length=128)
    sealed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class EvidenceStamp(models.Model):
    """An RFC 3161 answer about a seal's statement."""

    seal = models.ForeignKey(EvidenceSeal, on_delete=models.PROTECT, related_name="stamps")
    authority = models.CharField(max_length=200)  # its address, or that it is the local one
    response = models.BinaryField()
    stated_at = models.DateTimeField()  # the time that the authority states

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seal", "authority"], name="stamp_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seal_id} {self.authority}"
