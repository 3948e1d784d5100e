// The id `exp_…`: one case package asked for.
namespace Moderation.Domain.Legal;

public readonly record struct ExportId(Guid Value) : IId<ExportId>
{
    public static string Prefix => "exp";

    public static ExportId From(Guid value) => new(value);

    public static ExportId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out ExportId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new ExportId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
