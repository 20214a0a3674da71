"""ConfigMaps, Secrets and the rest that pods are told."""

from cases import case
from cluster import eventually


@case("a ConfigMap and a Secret reach a pod as variables and as files, and changes follow")
def configuration(space):
    space.kubectl("create", "configmap", "settings", "--from-literal=color=blue")
    space.kubectl("create", "secret", "generic", "password", "--from-literal=word=sesame")
    space.pod(
        "pod", "sleep", "1000",
        env=[{"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "color"}}}],
        envFrom=[{"secretRef": {"name": "password"}, "prefix": "SECRET_"}],
        volumeMounts=[{"name": "settings", "mountPath": "/settings"}, {"name": "password", "mountPath": "/password"}],
        spec={"volumes": [{"name": "settings", "configMap": {"name": "settings"}},
                          {"name": "password", "secret": {"secretName": "password", "defaultMode": 0o400}}]})
    assert space.run_in("pod", "sh", "-c", "echo $COLOR $SECRET_word") == "blue sesame\n"
    assert space.run_in("pod", "cat", "/settings/color", "/password/word") == "bluesesame"
    assert space.run_in("pod", "stat", "-L", "-c", "%a", "/password/word") == "400\n"
    space.kubectl("patch", "configmap", "settings", "-p", '{"data":{"color":"red"}}')
    space.kubectl("patch", "secret", "password", "-p", '{"stringData":{"word":"mellon"}}')
    eventually(lambda: space.run_in("pod", "cat", "/settings/color", "/password/word") == "redmellon", within=90)
    assert space.run_in("pod", "sh", "-c", "echo $COLOR") == "blue\n"


@case("a pod that refers to a missing ConfigMap starts when it comes")
def late(space):
    space.start_pod("pod", "sleep", "1000", envFrom=[{"configMapRef": {"name": "late"}}])
    waiting = ".status.containerStatuses[0].state.waiting.reason"
    eventually(lambda: space.field("pod pod", waiting) == "CreateContainerConfigError")
    space.kubectl("create", "configmap", "late", "--from-literal=a=1")
    space.kubectl("wait", "--for=condition=Ready", "pod/pod", "--timeout=90s")


@case("fields of the pod reach its containers")
def downward(space):
    space.pod("pod", "sleep", "1000", env=[
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}])
    address = space.field("pod pod", ".status.podIP")
    assert space.run_in("pod", "sh", "-c", "echo $NAME $ADDRESS") == f"pod {address}\n"


@case("a pod asks the API with the token it was given")
def service_account(space):
    space.pod("pod", "sleep", "1000")
    token = space.run_in("pod", "cat", "/var/run/secrets/kubernetes.io/serviceaccount/token")
    name = f"system:serviceaccount:{space.name}:default"
    review = space.cluster.kubectl("create", "-o", "jsonpath={.status.user.username}", "-f", "-", input=(
        '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"%s"}}' % token))
    assert review == name, review


@case("secrets are not readable in the store's files")
def encrypted(space):
    space.kubectl("create", "secret", "generic", "hidden", "--from-literal=word=needle-in-haystack")
    found = space.cluster.on_node("grep", "-rlE", "needle-in-haystack|bmVlZGxlLWluLWhheXN0YWNr",
                                  f"{space.cluster.folder}/data/store", check=False)
    assert found.stdout == "", found.stdout
