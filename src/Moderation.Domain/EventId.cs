// The id `evt_…`: one line of the event log.
namespace Moderation.Domain;

public readonly record struct EventId(Guid Value) : IId<EventId>
{
    public static string Prefix => "evt";

    public static EventId From(Guid value) => new(value);

    public static EventId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out EventId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new EventId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
