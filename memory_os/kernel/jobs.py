"""Background jobs: looked at, started, tried again and cancelled by whoever governs the tenant."""

from collections.abc import Callable

from memory_os.domain.access import Principal
from memory_os.domain.jobs import Job, JobPriority, JobsWanted
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.jobs import (
    JobChangeRequest,
    JobPage,
    JobRecord,
    JobsRequest,
    JobStartRequest,
    to_job_record,
)
from memory_os.domain.writing import Enqueue, Record, Replay, Write
from memory_os.errors import AccessDenied, NotFound
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.parts import Parts


class Jobs:
    """The tenant's jobs for any principal who governs it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def jobs(self, principal: Principal, request: JobsRequest) -> JobPage:
        """Return a page of jobs, the newest first.

        Raises:
            AccessDenied: the right ``govern`` is missing, or the credential is bound to a scope.
        """
        _oversees(principal)
        states = frozenset(request.states or ())
        wanted = JobsWanted(states, request.kind, request.limit + 1, request.cursor)
        found = self._parts.jobs.find(principal.tenant_id, wanted)
        page = found[: request.limit]
        more = page[-1].id if len(found) > request.limit else None
        return JobPage(results=tuple(map(to_job_record, page)), next_cursor=more)

    def job(self, principal: Principal, job_id: str) -> JobRecord:
        """Return a job.

        Raises:
            AccessDenied; NotFound: the tenant has no such job.
        """
        _oversees(principal)
        return to_job_record(self._known(principal, job_id))

    def start(self, principal: Principal, request: JobStartRequest) -> JobRecord:
        """Queue a job, durably; a worker runs it.

        Raises:
            AccessDenied, IdempotencyConflict, StoreError.
        """
        _oversees(principal)
        key = request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"job:{principal.id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=JobRecord,
            act=lambda replay: self._start(principal, request, replay),
        )

    def retry(self, principal: Principal, job_id: str, request: JobChangeRequest) -> JobRecord:
        """Queue a dead or cancelled job again, due at once.

        Raises:
            AccessDenied; NotFound; Conflict: it is neither dead nor cancelled.
        """
        _oversees(principal)
        now = self._parts.clock.now()
        tenant, by = principal.tenant_id, principal.id
        job = self._parts.jobs.retry(tenant, job_id, now, by, request.reason)
        return self._journalled(principal, job, "job.retry", request.reason)

    def cancel(self, principal: Principal, job_id: str, request: JobChangeRequest) -> JobRecord:
        """Take a job out; what it has done by then stays.

        Raises:
            AccessDenied; NotFound; Conflict: it is over.
        """
        _oversees(principal)
        now = self._parts.clock.now()
        tenant, by = principal.tenant_id, principal.id
        job = self._parts.jobs.cancel(tenant, job_id, now, by, request.reason)
        return self._journalled(principal, job, "job.cancel", request.reason)

    def _start(
        self,
        principal: Principal,
        request: JobStartRequest,
        replay: Callable[[JobRecord], Replay | None],
    ) -> JobRecord:
        now = self._parts.clock.now()
        job_id = self._parts.ids.new("job")
        job = Job(
            id=job_id,
            tenant_id=principal.tenant_id,
            kind=request.kind.value,
            key=f"{request.kind.value}:asked:{job_id}",
            run_after=request.run_after or now,
            created_at=now,
            targets=request.targets,
            priority=JobPriority[request.priority.name],
            dry_run=request.dry_run,
            by=principal.id,
        )
        answer = to_job_record(job)
        note = Note(principal.id, "job.start", (job.id,), request.reason)
        ops = (Enqueue(job), Record(note))
        self._parts.store.write(Write(principal.tenant_id, now, ops, replay(answer)))
        return answer

    def _journalled(self, principal: Principal, job: Job, action: str, reason: str) -> JobRecord:
        note = Record(Note(principal.id, action, (job.id,), reason))
        self._parts.store.write(Write(principal.tenant_id, self._parts.clock.now(), (note,)))
        return to_job_record(job)

    def _known(self, principal: Principal, job_id: str) -> Job:
        job = self._parts.jobs.get(principal.tenant_id, job_id)
        if job is None:
            raise NotFound(f"no job {job_id!r}", id=job_id)
        return job


class JobsConnector:
    """The part of the connector port about jobs, for whoever ``caller`` says calls."""

    def __init__(self, jobs: Jobs, caller: Callable[[], Principal]) -> None:
        self._jobs = jobs
        self._steward = caller

    def jobs(self, request: JobsRequest) -> JobPage:
        """Return a page of jobs."""
        return self._jobs.jobs(self._steward(), request)

    def job(self, job_id: str) -> JobRecord:
        """Return a job."""
        return self._jobs.job(self._steward(), job_id)

    def start_job(self, request: JobStartRequest) -> JobRecord:
        """Queue a job."""
        return self._jobs.start(self._steward(), request)

    def retry_job(self, job_id: str, request: JobChangeRequest) -> JobRecord:
        """Queue a dead or cancelled job again."""
        return self._jobs.retry(self._steward(), job_id, request)

    def cancel_job(self, job_id: str, request: JobChangeRequest) -> JobRecord:
        """Take a job out."""
        return self._jobs.cancel(self._steward(), job_id, request)


def _oversees(principal: Principal) -> None:
    principal.require(Right.GOVERN)
    if principal.bindings:
        raise AccessDenied(
            f"{principal.id!r} is bound to a scope, and jobs are about the whole tenant; use a "
            "credential without bindings"
        )
