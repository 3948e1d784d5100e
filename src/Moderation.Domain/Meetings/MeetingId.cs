// The id `mtg_…`: one meeting instance.
namespace Moderation.Domain.Meetings;

public readonly record struct MeetingId(Guid Value) : IId<MeetingId>
{
    public static string Prefix => "mtg";

    public static MeetingId From(Guid value) => new(value);

    public static MeetingId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out MeetingId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new MeetingId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
