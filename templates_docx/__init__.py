"""The official Word forms as data: catalogue, dictionary and one .docx a form and edition."""
