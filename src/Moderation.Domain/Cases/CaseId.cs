// The id `case_…`: all that is being decided about one subject in one lane.
namespace Moderation.Domain.Cases;

public readonly record struct CaseId(Guid Value) : IId<CaseId>
{
    public static string Prefix => "case";

    public static CaseId From(Guid value) => new(value);

    public static CaseId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out CaseId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new CaseId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
