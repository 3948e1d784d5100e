// What attribution can be told of a segment that nobody has opened (section 13).
namespace Moderation.Evidence;

/// <summary>Grades as text, by whoever verified a bundle and holds no key to it.</summary>
public static class SealedGrades
{
    /// <summary>Asserted by the reporting host.</summary>
    public const string Asserted = "G0";

    /// <summary>Relay-attested; only an opening that passed 12.5 may say so.</summary>
    public const string Attested = "G1";

    /// <summary>The receipt was verified, the content was not: it needs the segment's key.</summary>
    public const string NotChecked = "not_checked";

    /// <summary>G0 for everything but attested media: a kind is signed, and no opening changes the grade of those.</summary>
    /// <param name="kind">Descriptor key 2.</param>
    public static string Of(uint kind) => kind == (uint)SegmentKind.AttestedMedia ? NotChecked : Asserted;

    /// <summary>The lowest of several, the way a package states one for an exhibit: G0, then not checked, then G1.</summary>
    public static string LowestOf(IEnumerable<string> grades)
    {
        var all = grades.ToHashSet(StringComparer.Ordinal);
        return all.Contains(Asserted) || all.Count == 0 ? Asserted
            : all.Contains(NotChecked) ? NotChecked
            : Attested;
    }
}
