"""Signs small PDFs digitally with keys of nobody, as an office does with a real one."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pikepdf
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def empty_pdf(pages=1):
    """Return a PDF of empty pages."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(595, 842))
        document.save(target)
    return target.getvalue()


def identity(name, organization=None, key=None):
    """Return the certificate that somebody made for themselves, and its key."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    parts += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    subject = x509.Name(parts)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(BEGAN).not_valid_after(BEGAN + timedelta(days=3650))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return asn1_x509.Certificate.load(certificate), keys.PrivateKeyInfo.load(private)


def signer(name, organization=None):
    """Return whoever signs with a certificate in this name."""
    certificate, key = identity(name, organization)
    return SimpleSigner(signing_cert=certificate, signing_key=key, cert_registry=SimpleCertificateStore())


def stamper():
    """Return an authority that states the time of signing: eight o'clock in Việt Nam."""
    certificate, key = identity("Máy dấu thời gian giả định", key=rsa.generate_private_key(65537, 2048))
    return DummyTimeStamper(certificate, key, fixed_dt=datetime(2026, 2, 5, 1, tzinfo=UTC))


def signed(pdf, field, by, *, timestamper=None, box=None):
    """Return a PDF with one more signature."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec(field, box=box)) if box else None
    meta = PdfSignatureMetadata(field_name=field)
    # In a thread of its own: the browser of other tests may have an event loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(sign_pdf, writer, meta, by, timestamper=timestamper).result().getvalue()


def changed_later(pdf):
    """Return a PDF to which a word was added after signing, as an editor saves it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = fields.generic.NumberObject(90)
    writer.mark_update(page.container_ref)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
