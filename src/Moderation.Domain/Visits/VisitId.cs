// The id `vis_…`: one announced visit to a meeting that is not end-to-end encrypted.
namespace Moderation.Domain.Visits;

public readonly record struct VisitId(Guid Value) : IId<VisitId>
{
    public static string Prefix => "vis";

    public static VisitId From(Guid value) => new(value);

    public static VisitId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out VisitId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new VisitId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
