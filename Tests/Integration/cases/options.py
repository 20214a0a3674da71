"""What requests may be asked with: the server's refusals are upstream's, by code and words."""

import json

from cases import case


@case("options that cannot be meant are refused in upstream's words")
def refused(space):
    maps = f"/api/v1/namespaces/{space.name}/configmaps"

    def refusal(*arguments, **options):
        done = space.kubectl(*arguments, "-v=8", check=False, **options)
        assert done.returncode != 0, done
        return done.stderr

    for path, words in (
            (f"{maps}?limit=x", 'strconv.ParseInt: parsing \\"x\\": invalid syntax'),
            (f"{maps}?resourceVersion=x", "invalid resource version: resourceVersion: Invalid value"),
            (f"{maps}?resourceVersionMatch=Exact", "resourceVersionMatch is forbidden unless resourceVersion is provided"),
            (f"{maps}?fieldSelector=spec.x%3D1", 'is not a known field selector: only'),
            (f"/api/v1/namespaces/{space.name}/pods?fieldSelector=spec.x%3D1", "field label not supported: spec.x"),
            (f"{maps}?continue=!", "illegal base64 data at input byte 0"),
            (f"{maps}?timeout=x", 'invalid timeout specified in the request URL - time: invalid duration')):
        said = refusal("get", "--raw", path)
        assert words in said or words.replace('\\"', '"') in said, (path, said)
    settings = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}})
    said = refusal("create", "--raw", f"{maps}?dryRun=Bad", "-f", "-", input=settings)
    assert "CreateOptions.meta.k8s.io" in said and "supported values:" in said, said
    assert space.kubectl("get", "configmap", "settings", "--ignore-not-found") == ""
    space.kubectl("create", "--raw", maps, "-f", "-", input=settings)
    said = refusal("delete", "--raw", f"{maps}/settings?propagationPolicy=Bad")
    assert "DeleteOptions.meta.k8s.io" in said, said
    assert space.get("configmap", "settings")
