"""The persons that dossiers are about, and their relatives; finding them without knowing how a name is accented."""
