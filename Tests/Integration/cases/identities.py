"""Who is who: certificates on request, accounts of pods, and the certificate they trust."""

import base64
import json
import subprocess
import tempfile

from cases import case
from cluster import eventually


def request(space, name, signer, subject, usages, *, names="", flags=(), **more):
    """Asks for a certificate, with a key that is made here; returns its folder, that goes when nobody holds it.
    The flags are kubectl's: who asks, for instance."""
    folder = tempfile.TemporaryDirectory(prefix="apus-it-csr-")
    key = f"{folder.name}/key"
    command = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", subject]
    if names:
        command += ["-addext", f"subjectAltName={names}"]
    pem = subprocess.run(command, capture_output=True, check=True).stdout
    space.cluster.kubectl(*flags, "create", "-f", "-", input=json.dumps({
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name},
        "spec": {"signerName": signer, "usages": usages, "request": base64.b64encode(pem).decode(), **more}}))
    return folder


def csr(space, name, path):
    return space.cluster.kubectl("get", "csr", name, "-o", f"jsonpath={{{path}}}")


def certificate(space, name):
    text = eventually(lambda: csr(space, name, ".status.certificate"))
    return base64.b64decode(text).decode()


CLIENT = ["digital signature", "key encipherment", "client auth"]
SERVER = ["digital signature", "key encipherment", "server auth"]


@case("a request for a client certificate is signed when it is approved, and lets its holder in")
def client_certificate(space):
    name = f"{space.name}-ann"
    folder = request(space, name, "kubernetes.io/kube-apiserver-client", "/CN=ann/O=readers", CLIENT,
                     expirationSeconds=3600)
    said = space.cluster.kubectl("get", "csr", name, "--no-headers").split()
    assert said[-1] == "Pending" and "kubernetes.io/kube-apiserver-client" in said, said
    space.cluster.kubectl("certificate", "approve", name)
    with open(f"{folder.name}/crt", "w") as file:
        file.write(certificate(space, name))
    assert space.cluster.kubectl("get", "csr", name, "--no-headers").split()[-1] == "Approved,Issued"
    dates = subprocess.run(["openssl", "x509", "-in", f"{folder.name}/crt", "-noout", "-subject", "-checkend", "3700",
                            "-ext", "extendedKeyUsage"], capture_output=True, text=True).stdout
    assert "CN = ann" in dates and "Client Authentication" in dates and "will expire" in dates, dates
    who = space.cluster.kubectl(
        "auth", "whoami", "-o", "json", "--client-certificate", f"{folder.name}/crt", "--client-key", f"{folder.name}/key")
    user = json.loads(who)["status"]["userInfo"]
    assert user["username"] == "ann" and user["groups"] == ["readers", "system:authenticated"], user
    space.cluster.kubectl("delete", "csr", name)


@case("who shows a certificate that nobody here has signed is let in nowhere")
def foreign_certificate(space):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/key", "-out",
                        f"{folder}/crt", "-subj", "/O=system:masters/CN=evil", "-days", "2"], capture_output=True, check=True)
        ask = ["curl", "-sk", "-m30", "-o/dev/null", "-w%{http_code}", f"{space.cluster.server}/version"]
        assert subprocess.run(ask, capture_output=True, text=True).stdout == "200"
        ask += ["--cert", f"{folder}/crt", "--key", f"{folder}/key"]
        assert subprocess.run(ask, capture_output=True, text=True).stdout == "401"


@case("a signer refuses what is not its own to give, and nothing is signed that was denied")
def refused_certificates(space):
    usual = [("odd", "kubernetes.io/kube-apiserver-client", "/CN=ann", SERVER, "usages did not match"),
             ("nameless", "kubernetes.io/kubelet-serving", "/CN=system:node:x/O=system:nodes", SERVER,
              "DNS or IP subjectAltName is required")]
    for short, signer, subject, usages, why in usual:
        name = f"{space.name}-{short}"
        request(space, name, signer, subject, usages)
        space.cluster.kubectl("certificate", "approve", name)
        failed = '.status.conditions[?(@.type=="Failed")]'
        eventually(lambda: csr(space, name, f"{failed}.reason") == "SignerValidationFailure")
        assert why in csr(space, name, f"{failed}.message"), csr(space, name, f"{failed}.message")
        space.cluster.kubectl("delete", "csr", name)
    name = f"{space.name}-denied"
    request(space, name, "kubernetes.io/kube-apiserver-client", "/CN=bob", CLIENT)
    space.cluster.kubectl("certificate", "deny", name)
    done = space.cluster.kubectl("certificate", "approve", name, check=False)
    assert done.returncode != 0, done
    assert csr(space, name, ".status.certificate") == ""
    space.cluster.kubectl("delete", "csr", name)


@case("nobody approves for a signer, or signs, without the right to, and nobody becomes a master by a certificate")
def guarded_certificates(space):
    name, signer = f"{space.name}-guarded", "kubernetes.io/kube-apiserver-client"
    try:
        request(space, f"{name}-eve", signer, "/CN=eve/O=system:masters", CLIENT)
        raise KeyError("a master was asked for and nobody minded")
    except AssertionError as error:
        assert f"use of {signer} signer with system:masters group is not allowed" in str(error), error
    request(space, name, signer, "/CN=ann", CLIENT)
    rules = [{"apiGroups": ["certificates.k8s.io"], "verbs": ["get", "update"],
              "resources": ["certificatesigningrequests", "certificatesigningrequests/approval",
                            "certificatesigningrequests/status"]}]
    group = "rbac.authorization.k8s.io"
    space.cluster.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules},
        {"apiVersion": f"{group}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
         "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
         "subjects": [{"apiGroup": group, "kind": "User", "name": name}]}]}))
    done = space.cluster.kubectl("certificate", "approve", name, "--as", name, check=False)
    assert f'user not permitted to approve requests with signerName "{signer}"' in done.stderr, done.stderr
    found = json.loads(space.cluster.kubectl("get", "csr", name, "-o", "json"))
    signed = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj",
                             "/CN=ann"], capture_output=True, check=True).stdout
    found["status"] = {"certificate": base64.b64encode(signed).decode()}
    done = space.cluster.kubectl(
        "replace", "--subresource=status", "-f", "-", "--as", name, input=json.dumps(found), check=False)
    assert f'user not permitted to sign requests with signerName "{signer}"' in done.stderr, done.stderr
    for kind in "csr", "clusterrolebinding", "clusterrole":
        space.cluster.kubectl("delete", kind, name)


@case("a kubelet that may renew its client certificate needs no approval, its serving certificate does")
def kubelet_certificates(space):
    node = space.cluster.node
    space.cluster.kubectl(
        "create", "clusterrolebinding", space.name, "--group=system:nodes",
        "--clusterrole=system:certificates.k8s.io:certificatesigningrequests:selfnodeclient")
    subject = f"/O=system:nodes/CN=system:node:{node}"
    signers = [("client", "kubernetes.io/kube-apiserver-client-kubelet", CLIENT, ""),
               ("serving", "kubernetes.io/kubelet-serving", SERVER, f"DNS:{node},IP:10.9.8.7")]
    for short, signer, usages, names in signers:
        name = f"{space.name}-{short}"
        folder = request_as_node(space, name, signer, subject, usages, names, node)
        if short == "serving":
            assert csr(space, name, ".status") == "{}", csr(space, name, ".status")
            space.cluster.kubectl("certificate", "approve", name)
        text = certificate(space, name)
        with open(f"{folder.name}/crt", "w") as file:
            file.write(text)
        said = subprocess.run(["openssl", "x509", "-in", f"{folder.name}/crt", "-noout", "-text"], capture_output=True,
                              text=True, check=True).stdout
        wanted = "TLS Web Server Authentication" if short == "serving" else "TLS Web Client Authentication"
        assert wanted in said and f"CN = system:node:{node}" in said, said
        space.cluster.kubectl("delete", "csr", name)
    space.cluster.kubectl("delete", "clusterrolebinding", space.name)


def request_as_node(space, name, signer, subject, usages, names, node):
    """The same, with the rights of the node, as its kubelet would ask."""
    flags = (f"--as=system:node:{node}", "--as-group=system:nodes")
    return request(space, name, signer, subject, usages, names=names, flags=flags)


@case("each namespace gets an account and the certificate to trust, and gets them back")
def accounts(space):
    eventually(lambda: space.field("serviceaccount default", ".metadata.uid"))
    root = eventually(lambda: space.field("configmap kube-root-ca.crt", ".data.ca\\.crt"))
    with open(f"{space.cluster.folder}/data/pki/ca.crt") as file:
        assert root.strip() == file.read().strip()
    space.kubectl("delete", "serviceaccount", "default")
    space.kubectl("patch", "configmap", "kube-root-ca.crt", "--type=merge", "-p", '{"data": {"ca.crt": "forged"}}')
    eventually(lambda: space.field("serviceaccount default", ".metadata.uid"))
    eventually(lambda: space.field("configmap kube-root-ca.crt", ".data.ca\\.crt") == root)
    assert space.kubectl("create", "token", "default").count(".") == 2


@case("roles that aggregate others gather their rules")
def aggregation(space):
    label = f"{space.name}/gather"
    names = [f"{space.name}-whole", f"{space.name}-part"]
    part = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {
        "name": names[1], "labels": {label: "true"}}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
    whole = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": names[0]},
             "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]}, "rules": []}
    for role in (whole, part):
        space.cluster.kubectl("apply", "-f", "-", input=json.dumps(role))
    eventually(lambda: space.cluster.kubectl(
        "get", "clusterrole", names[0], "-o", "jsonpath={.rules[*].resources[*]}") == "pods")
    space.cluster.kubectl("delete", "clusterrole", *names)
