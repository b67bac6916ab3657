"""A certificate authority of a test's own, made with the openssl tool: right certificates, and wrong ones on purpose."""

import pathlib
import subprocess

OPENSSL = "openssl"


def openssl(*arguments, text=None):
    """Runs the tool; returns what it printed."""
    done = subprocess.run([OPENSSL, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, f"openssl {' '.join(map(str, arguments))}: {done.stderr}"
    return done.stdout


class Authority:
    """Signs certificates for servers and clients; each is a pair of files, named by what it is for."""

    def __init__(self, folder, name="Test authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = self.folder / "ca.key"
        self.certificate = self.folder / "ca.crt"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 3650,
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate,
                "-addext", "basicConstraints=critical,CA:true", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, subject=None, names=(), usage="serverAuth", days=825, starts=None, ends=None):
        """A certificate and its key; `starts` and `ends` as `20240101000000Z` make one that is over, or not yet."""
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", f"/CN={subject or name}", "-keyout", key, "-out", request)
        extensions = ["basicConstraints=CA:false", f"extendedKeyUsage={usage}"]
        if names:
            extensions.append("subjectAltName=" + ",".join(names))
        (self.folder / f"{name}.ext").write_text("\n".join(extensions) + "\n")
        if starts or ends:
            # Only `openssl ca` signs for any time.
            (self.folder / "index.txt").write_text("")
            (self.folder / "ca.conf").write_text(
                "[ca]\ndefault_ca=d\n[d]\n"
                f"database={self.folder}/index.txt\nnew_certs_dir={self.folder}\nrand_serial=yes\n"
                "default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
            openssl("ca", "-batch", "-notext", "-config", self.folder / "ca.conf", "-cert", self.certificate,
                    "-keyfile", self.key, "-in", request, "-out", certificate, "-extfile", self.folder / f"{name}.ext",
                    "-startdate", starts or "20240101000000Z", "-enddate", ends or "20990101000000Z")
        else:
            openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-days", days,
                    "-extfile", self.folder / f"{name}.ext", "-out", certificate)
        return certificate, key
