"""An agent's turn: recall, answer, remember. Any function from prompt to text is the model."""

from collections.abc import Callable

import memory_os

Model = Callable[[str], str]


def reply(memory: memory_os.Memory, model: Model, user: str, session: str, said: str) -> str:
    """Answer one message with what is known of the user, and remember both sides of it."""
    context = memory.context(said, user_id=user, max_tokens=300)
    prompt = f"What you remember (cite the markers):\n{context.text}\n\n{user}: {said}"
    answer = model(prompt)
    memory.add(
        [
            {"role": "user", "name": user, "content": said},
            {"role": "assistant", "content": answer},
        ],
        user_id=user,
        agent_id="concierge",
        session_id=session,
    )
    return answer


def parrot(prompt: str) -> str:
    """Stand in for a language model: repeat the first remembered line, if there is one."""
    lines = [line for line in prompt.splitlines()[1:] if line.strip()]
    return f"I remember: {lines[0]}" if len(lines) > 1 else "I know nothing about that yet."


def main() -> None:
    with memory_os.connect("sqlite://") as memory:
        for session, said in (
            ("monday", "Please book window seats for me, always."),
            ("tuesday", "Which seat should you book for my flight?"),
        ):
            print(f"ada: {said}")
            print(f"agent: {reply(memory, parrot, 'ada', session, said)}")


if __name__ == "__main__":
    main()
