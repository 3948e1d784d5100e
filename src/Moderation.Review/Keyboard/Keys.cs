// The one table of keys: it feeds the listener, the help overlay, tooltips and aria-keyshortcuts (review-ui.md 5).
namespace Moderation.Review.Keyboard;

/// <param name="Id">Command the key gives.</param>
/// <param name="Strokes">Each a stroke (<c>j</c>, <c>Shift+m</c>, <c>F8</c>) or a sequence of them (<c>g q</c>).</param>
/// <param name="Scope">Where it acts: one of the constants of <see cref="Keys"/>.</param>
/// <param name="Writes">Changes something, so key repeat never repeats it.</param>
/// <param name="InFields">Acts while a field has the focus as well.</param>
/// <param name="Hold">Acts as long as it is held: the command comes again when the key goes up.</param>
public sealed record KeyEntry(
    string Id,
    IReadOnlyList<string> Strokes,
    string Scope,
    string Label,
    bool Writes = false,
    bool InFields = false,
    bool Hold = false
);

public static class Keys
{
    public const string Anywhere = "anywhere";
    public const string Queue = "queue";
    public const string Case = "case";
    public const string Player = "player";
    public const string Decision = "decision";

    public static IReadOnlyList<KeyEntry> Table { get; } =
    [
        new("help", ["?"], Anywhere, "Show the keys"),
        new("palette", ["Ctrl+k"], Anywhere, "Go to a page, a case or a command", InFields: true),
        new("go.queue", ["g q"], Anywhere, "Go to the queue"),
        new("go.exports", ["g x"], Anywhere, "Go to the exports"),
        new("go.audit", ["g l"], Anywhere, "Go to the audit log"),
        new("go.settings", ["g s"], Anywhere, "Go to the settings"),
        new("zone", ["g z"], Anywhere, "Switch the time zone"),
        // The listener lowers the curtain by itself, so that it needs neither C# nor the server.
        new("curtain", ["F8", "Escape Escape"], Anywhere, "Curtain: blank the page, stop all media", InFields: true),
        new("queue.down", ["j", "ArrowDown"], Queue, "Next row"),
        new("queue.up", ["k", "ArrowUp"], Queue, "Previous row"),
        new("queue.first", ["Home"], Queue, "First row"),
        new("queue.last", ["End"], Queue, "Last row"),
        new("queue.page-down", ["PageDown"], Queue, "Next page"),
        new("queue.page-up", ["PageUp"], Queue, "Previous page"),
        new("queue.open", ["Enter", "o"], Queue, "Open the case"),
        new("queue.next", ["n"], Queue, "Claim and open the next case", Writes: true),
        new("queue.claim", ["c"], Queue, "Claim the case", Writes: true),
        new("queue.release", ["Shift+c"], Queue, "Release your claim", Writes: true),
        new("queue.refresh", ["r"], Queue, "Take in new arrivals"),
        new("case.tab.1", ["1"], Case, "Summary"),
        new("case.tab.2", ["2"], Case, "Account"),
        new("case.tab.3", ["3"], Case, "History"),
        new("case.tab.4", ["4", "p"], Case, "Policy"),
        new("case.claim", ["c"], Case, "Claim the case", Writes: true),
        new("case.release", ["Shift+c"], Case, "Release your claim", Writes: true),
        new("case.decide", ["d"], Case, "Decide"),
        new("case.decide-unseen", ["w"], Case, "Decide without viewing"),
        new("case.integrity", ["i"], Case, "Integrity of the evidence"),
        new("case.player", ["e"], Case, "Go to the evidence player"),
        new("case.back", ["u"], Case, "Back to the queue"),
        new("case.next", ["n"], Case, "Claim and open the next case", Writes: true),
        new("player.play", [" "], Player, "Play or pause"),
        new("player.back", ["ArrowLeft"], Player, "Back 2 s"),
        new("player.forward", ["ArrowRight"], Player, "Forward 2 s"),
        new("player.back-far", ["Shift+ArrowLeft"], Player, "Back 10 s"),
        new("player.forward-far", ["Shift+ArrowRight"], Player, "Forward 10 s"),
        new("player.reveal", ["v"], Player, "Reveal while held", Hold: true),
        new("player.sound", ["Shift+m"], Player, "Sound on or off"),
        new("player.cite", ["Enter"], Player, "Cite this moment"),
        new("player.leave", ["Escape"], Player, "Leave the player"),
        new("decision.outcome.1", ["1"], Decision, "Violation"),
        new("decision.outcome.2", ["2"], Decision, "No violation"),
        new("decision.outcome.3", ["3"], Decision, "Insufficient evidence"),
        new("decision.outcome.4", ["4"], Decision, "Out of scope"),
        new("decision.clause", ["/"], Decision, "Find a clause"),
        new("decision.submit", ["Ctrl+Enter"], Decision, "Submit", Writes: true, InFields: true),
    ];

    /// <summary>The first key of a command as a person reads it, for a button or a tooltip.</summary>
    public static string Of(string id) => Entry(id).Strokes is [var first, ..] ? Readable(first) : "";

    /// <summary>The keys of a command as <c>aria-keyshortcuts</c> wants them; sequences cannot be said there.</summary>
    public static string? Aria(string id)
    {
        var single = Entry(id).Strokes.Where(s => !s.Trim().Contains(' ')).Select(AriaOf).ToList();
        return single.Count == 0 ? null : string.Join(' ', single);
    }

    public static string Readable(string strokes) =>
        strokes == " " ? "Space" : string.Join(' ', strokes.Split(' ').Select(ReadableStroke));

    /// <summary>The table as this person has it: own keys in place of the given ones, letters perhaps switched off.</summary>
    public static IReadOnlyList<KeyEntry> InForce { get; private set; } = Table;

    /// <param name="own">Strokes by command id; a command that is not there keeps its own.</param>
    /// <param name="letters">False: keys that type a character act in the player only (WCAG 2.1.4).</param>
    public static void Use(IReadOnlyDictionary<string, string[]> own, bool letters) =>
        InForce = [
            .. Table.Select(entry =>
            {
                var strokes = own.TryGetValue(entry.Id, out var mine) ? mine : entry.Strokes;
                return entry with
                {
                    Strokes = letters || entry.Scope == Player ? strokes : [.. strokes.Where(s => !TypesACharacter(s))],
                };
            }),
        ];

    /// <summary>The command that stands in the way of giving <paramref name="strokes"/> to <paramref name="entry"/>, or null.</summary>
    public static KeyEntry? Conflict(KeyEntry entry, string strokes) =>
        InForce.FirstOrDefault(other =>
            other.Id != entry.Id
            && (other.Scope == entry.Scope || other.Scope == Anywhere || entry.Scope == Anywhere)
            && other.Strokes.Any(s => s == strokes || Begins(s, strokes) || Begins(strokes, s))
        );

    // A stroke that is also the beginning of a sequence would act before the sequence is finished.
    private static bool Begins(string shorter, string longer) =>
        longer.Trim().Length > 0 && longer.StartsWith(shorter + " ", StringComparison.Ordinal);

    private static bool TypesACharacter(string strokes) =>
        strokes != " "
        && strokes
            .Split(' ')
            .All(s => s.Length == 1 || (s.StartsWith("Shift+", StringComparison.Ordinal) && s.Length == 7));

    private static KeyEntry Entry(string id) => InForce.Single(k => k.Id == id);

    private static string AriaOf(string stroke) =>
        stroke == " " ? "Space" : stroke.Replace("Ctrl+", "Control+", StringComparison.Ordinal);

    private static string ReadableStroke(string stroke) =>
        string.Join(
            ' ',
            stroke
                .Split('+')
                .Select(part =>
                    part switch
                    {
                        "ArrowDown" => "↓",
                        "ArrowUp" => "↑",
                        "ArrowLeft" => "←",
                        "ArrowRight" => "→",
                        "PageDown" => "PgDn",
                        "PageUp" => "PgUp",
                        "Escape" => "Esc",
                        { Length: 1 } when stroke.StartsWith("Shift+", StringComparison.Ordinal) =>
                            part.ToUpperInvariant(),
                        _ => part,
                    }
                )
        );
}
