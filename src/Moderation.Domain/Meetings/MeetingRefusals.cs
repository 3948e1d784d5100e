// The refusals that a meeting instance can give.
namespace Moderation.Domain.Meetings;

public static class MeetingRefusals
{
    public static Refusal Fixed { get; } =
        new(
            RefusalKind.Conflict,
            "meeting.fixed",
            "The identity, epoch and encryption of a meeting instance never change, and no two share an identity."
        );

    public static Refusal ParticipantFixed { get; } =
        new(
            RefusalKind.Conflict,
            "meeting.participant-fixed",
            "A pseudonym of this meeting already stands for another account."
        );

    public static Refusal RelayKeyInvalid { get; } =
        new(
            RefusalKind.Malformed,
            "meeting.relay-key-invalid",
            "The public key of a relay is no key of its algorithm."
        );

    public static Refusal RelayUrlRefused(string why) => new(RefusalKind.Malformed, "meeting.relay-url-refused", why);
}
