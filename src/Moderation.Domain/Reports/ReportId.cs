// The id `rpt_…`: one host's filing.
namespace Moderation.Domain.Reports;

public readonly record struct ReportId(Guid Value) : IId<ReportId>
{
    public static string Prefix => "rpt";

    public static ReportId From(Guid value) => new(value);

    public static ReportId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out ReportId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new ReportId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
