"""Jobs run to their end, and CronJobs start them in time."""

from cases import case
from cluster import IMAGE, eventually


def job(space, name, script, *, template=None, **spec):
    main = {"name": "main", "image": IMAGE, "command": ["sh", "-c", script]}
    space.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {
        "template": {"spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [main],
                              **(template or {})}}, **spec}})


def status(space, name):
    return space.get("job", name).get("status", {})


def end_of(space, name, *, within=90):
    """The reason for which a Job ended."""
    def ended():
        return [c for c in status(space, name).get("conditions", []) if c["type"] in ("Complete", "Failed")]
    condition = eventually(ended, within=within)[0]
    return f"{condition['type']}: {condition['reason']}: {condition['message']}"


def pods_of(space, name):
    return space.get("pods", "-l", f"batch.kubernetes.io/job-name={name}")["items"]


@case("a Job runs as many pods as it needs, so many at a time")
def parallel(space):
    job(space, "five", "sleep 1", completions=5, parallelism=2)
    most = 0

    def is_done():
        nonlocal most
        most = max(most, len([p for p in pods_of(space, "five") if p["status"].get("phase") in ("Pending", "Running")]))
        return status(space, "five").get("completionTime")

    eventually(is_done, within=120)
    assert end_of(space, "five") == "Complete: CompletionsReached: Reached expected number of succeeded pods"
    assert most == 2, most
    done = status(space, "five")
    assert done["succeeded"] == 5 and "active" not in done and done["uncountedTerminatedPods"] == {}, done
    assert not any(pod["metadata"].get("finalizers") for pod in pods_of(space, "five"))


@case("a Job with indexes gives each pod its own, and tries a failed index again")
def indexed(space):
    script = 'echo "I am $JOB_COMPLETION_INDEX of $(hostname)"; test $JOB_COMPLETION_INDEX != 1'
    job(space, "three", script, completions=3, parallelism=3, completionMode="Indexed", backoffLimitPerIndex=0)
    end = end_of(space, "three")
    assert end == "Failed: FailedIndexes: Job has failed indexes", end
    done = status(space, "three")
    assert done["completedIndexes"] == "0,2" and done["failedIndexes"] == "1", done
    pod = next(p for p in pods_of(space, "three") if p["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] == "2")
    assert pod["metadata"]["name"].startswith("three-2-"), pod["metadata"]["name"]
    assert space.kubectl("logs", pod["metadata"]["name"]) == "I am 2 of three-2\n"


@case("a Job gives up after its backoff limit, or when its time is over")
def failures(space):
    job(space, "broken", "exit 3", backoffLimit=1)
    job(space, "slow", "sleep 1000", activeDeadlineSeconds=3)
    end = end_of(space, "slow")
    assert end == "Failed: DeadlineExceeded: Job was active longer than specified deadline", end
    eventually(lambda: pods_of(space, "slow") == [])
    end = end_of(space, "broken")
    assert end == "Failed: BackoffLimitExceeded: Job has reached the specified backoff limit", end
    assert status(space, "broken")["failed"] == 2


@case("a Job's policy tells failures of pods from each other")
def policy(space):
    rules = {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]}
    job(space, "picky", "exit 42", podFailurePolicy=rules)
    end = end_of(space, "picky")
    pod = pods_of(space, "picky")[0]["metadata"]["name"]
    assert end == (f"Failed: PodFailurePolicy: Container main for pod {space.name}/{pod} failed with exit code 42 "
                   "matching FailJob rule at index 0"), end


@case("a Job that is suspended stops its pods, and goes on when it may")
def suspended(space):
    job(space, "later", "sleep 8", suspend=True)
    eventually(lambda: [c["type"] for c in status(space, "later").get("conditions", [])] == ["Suspended"])
    assert pods_of(space, "later") == [] and "startTime" not in status(space, "later")
    space.kubectl("patch", "job", "later", "--type=merge", "-p", '{"spec": {"suspend": false}}')
    eventually(lambda: status(space, "later").get("active") == 1)
    space.kubectl("patch", "job", "later", "--type=merge", "-p", '{"spec": {"suspend": true}}')
    eventually(lambda: pods_of(space, "later") == [] and "startTime" not in status(space, "later"))
    space.kubectl("patch", "job", "later", "--type=merge", "-p", '{"spec": {"suspend": false}}')
    assert end_of(space, "later").startswith("Complete: ")


@case("a finished Job goes when its time to live is over, with its pods")
def time_to_live(space):
    job(space, "brief", "true", ttlSecondsAfterFinished=2)
    eventually(lambda: space.kubectl("get", "jobs,pods", "-o", "name") == "" and True, within=60)


def cron_job(space, name, script, **spec):
    main = {"name": "main", "image": IMAGE, "command": ["sh", "-c", script]}
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [main]}
    space.apply({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": {
        "schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": pod}}}, **spec}})


def jobs_of(space, name):
    return [j for j in space.get("jobs")["items"] if j["metadata"]["ownerReferences"][0]["name"] == name]


def told(space, beginning):
    """Whether there is an event whose object, reason and message begin so."""
    events = [f"{e['involvedObject']['name']} {e['reason']}: {e['message']}" for e in space.get("events")["items"]]
    return any(event.startswith(beginning) for event in events)


@case("CronJobs start a Job each minute, and their policy says what happens to one that still runs")
def cron(space):
    cron_job(space, "quick", "true", successfulJobsHistoryLimit=1)
    for policy in ("Allow", "Forbid", "Replace"):
        cron_job(space, policy.lower(), "sleep 1000", concurrencyPolicy=policy)
    cron_job(space, "asleep", "true", suspend=True)
    cron_job(space, "zoned", "true", timeZone="Asia/Kolkata")
    refused = space.kubectl("patch", "cronjob", "zoned", "-p", '{"spec": {"timeZone": "Nowhere/Land"}}', check=False)
    assert "unknown time zone Nowhere/Land" in refused.stderr, refused
    eventually(lambda: len(jobs_of(space, "allow")) == 2, within=150)
    eventually(lambda: len(jobs_of(space, "quick")) == 1 and space.field("cronjob quick", ".status.lastSuccessfulTime"))
    assert len(jobs_of(space, "forbid")) == 1 and jobs_of(space, "asleep") == []
    eventually(lambda: told(space, "replace SuccessfulDelete: Deleted job replace-"))
    replaced = eventually(lambda: len(jobs_of(space, "replace")) == 1 and jobs_of(space, "replace"))[0]
    eventually(lambda: told(space, "forbid JobAlreadyActive: Not starting job because prior execution is running and "
                            "concurrency policy is Forbid"))
    eventually(lambda: told(space, f"replace SuccessfulCreate: Created job {replaced['metadata']['name']}"))
    annotation = "batch.kubernetes.io/cronjob-scheduled-timestamp"
    assert jobs_of(space, "zoned")[0]["metadata"]["annotations"][annotation].endswith("+05:30"), jobs_of(space, "zoned")
    active = space.get("cronjob", "replace")["status"]["active"]
    assert [a["uid"] for a in active] == [replaced["metadata"]["uid"]], active
    # By hand, at any time.
    space.kubectl("create", "job", "by-hand", "--from=cronjob/asleep")
    assert end_of(space, "by-hand").startswith("Complete: ")
