"""Two agents on one store: one shares what it knows, for a while, and takes it back."""

from memory_os.domain.access import Principal, PrincipalKind, Role, rights_of
from memory_os.domain.scope import Scope
from memory_os.errors import NotFound
from memory_os.sdk import Memory
from memory_os_api.container import open_kernel

kernel = open_kernel("sqlite://")


def agent(name: str, role: Role) -> Memory:
    """Return memory as one agent has it; over HTTP its API key does this."""
    kind = PrincipalKind.AGENT
    principal = Principal("default", name, kind, Scope(agent_id=name), rights_of(role, kind))
    return Memory(kernel.connector(principal))


planner, writer = agent("planner", Role.SHARE), agent("writer", Role.WRITE)
plan = planner.add("The team takes the blue ferry to Oslo on Friday.").results[0]

try:
    writer.get(plan.id)
except NotFound as unseen:
    print("before:", unseen.message.replace(plan.id, "…"))

grant = planner.grant({"agent_id": "writer"}, agent_id="planner", ttl_seconds=3600)
print("granted:", writer.search("How does the team travel?").results[0].memory)

planner.revoke_grant(grant.id, reason="the report is written")
print("after:", len(writer.search("How does the team travel?").results), "memories")

planner.share(plan.id, visibility="tenant")
print("for all:", writer.get(plan.id).memory)
kernel.close()
