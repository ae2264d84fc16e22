"""What one running installation has: database, store, law, forms, keys and clock; built once, shared by threads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from api.clock import Clock, clock_of
from api.config import Settings
from dossiers.files.editions import Law, load_law
from dossiers.papers.catalogue import Catalogue
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.file_papers import PaperDesk
from dossiers.papers.filling import check_filling, official_filling
from dossiers.people.sealing import Sealer
from storage.database import Database, open_database
from storage.objects import ObjectStore, open_store

EXTENSION = "hoso"


@dataclass(frozen=True, slots=True)
class House:
    """Everything a request may need besides the request."""

    settings: Settings
    database: Database
    store: ObjectStore
    law: Law
    catalogue: Catalogue
    sealer: Sealer
    clock: Clock

    @property
    def desk(self) -> PaperDesk:
        """Return what making papers needs."""
        demo, print_ahead = self.settings.demo, self.settings.print_ahead
        return PaperDesk(self.law, self.catalogue, self.store, self.sealer, demo=demo, print_ahead=print_ahead)

    def now(self) -> datetime:
        """Return the moment that operations take as `at`."""
        return self.clock()


def build_house(settings: Settings) -> House:
    """Open what the settings name, read law and forms; raises what is wrong with either, ConfigError or ValueError."""
    catalogue = official_catalogue()
    law = load_law(forms=[edition.form_id for edition in catalogue.forms()], development=settings.development)
    check_filling(official_filling(), catalogue, law.procedures)
    return House(
        settings=settings,
        database=open_database(settings.database_url),
        store=open_store(settings.storage_url),
        law=law,
        catalogue=catalogue,
        sealer=Sealer(settings.secret_key.encode()),
        clock=clock_of(settings),
    )


def house() -> House:
    """Return the house of the application that serves the present request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, House)
    return found
