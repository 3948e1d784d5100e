// Starts the vault or the custodian, the two processes that hold one decryption key each, and tends their files.
using Moderation.Vault;
using Moderation.Vault.Ceremony;
using Moderation.Vault.Opening;
using Moderation.Vault.Storage;

const string Usage = """
    Moderation.Vault init DIR [--level development|standard] [--module LIBRARY --token LABEL [--pin-file FILE]]
    Moderation.Vault renew-list --dir DIR
    Moderation.Vault enrol --dir DIR --staff STAFF [--senior] --key HEX_COSE_KEY
    Moderation.Vault unenrol --dir DIR --kid HEX
    Moderation.Vault trust-relay --dir DIR --key HEX_COSE_KEY
    Moderation.Vault vault --dir DIR/vault --socket PATH --custodian PATH
    Moderation.Vault custodian --dir DIR/custodian --socket PATH [--pin-file FILE]
    Moderation.Vault own --dir DIR --vault UID --custodian UID --server UID
    Moderation.Vault keys list|rotate|retire|operator|order|destroy|backup|verify-backup|restore --dir DIR ...
    Moderation.Vault check-host
    Moderation.Vault log verify --dir DIR/vault
    """;

try
{
    switch (args)
    {
        case ["init", var folder, .. var rest]:
        {
            var given = new Arguments(rest, ["--level", "--module", "--token", "--pin-file"], []);
            return KeyCeremony.Run(
                new(folder, KeyVerbs.IsStandard(given), KeyVerbs.TokenOf(given)),
                TimeProvider.System,
                Console.Out
            );
        }
        case ["keys", var verb, .. var rest]:
            return KeyVerbs.Run(verb, rest, TimeProvider.System, Console.Out);
        case ["renew-list", .. var rest]:
            return KeyCeremony.RenewList(new Arguments(rest, ["--dir"], [])["--dir"], TimeProvider.System, Console.Out);
        case ["enrol", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--staff", "--key"], ["--senior"]);
            return Enrolment.Enrol(
                given["--dir"],
                given["--staff"],
                given.Has("--senior"),
                given["--key"],
                Console.Out
            );
        }
        case ["unenrol", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--kid"], []);
            return Enrolment.Unenrol(given["--dir"], given["--kid"], Console.Out);
        }
        case ["trust-relay", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--key"], []);
            return Enrolment.TrustRelay(given["--dir"], given["--key"], Console.Out);
        }
        case ["vault", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--socket", "--custodian"], []);
            return await Processes.VaultAsync(given["--dir"], given["--socket"], given["--custodian"]);
        }
        case ["custodian", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--socket", "--pin-file"], []);
            return await Processes.CustodianAsync(given["--dir"], given["--socket"], given.OrNull("--pin-file"));
        }
        case ["own", .. var rest]:
        {
            var given = new Arguments(rest, ["--dir", "--vault", "--custodian", "--server"], []);
            return Ownership.Own(
                given["--dir"],
                given["--vault"],
                given["--custodian"],
                given["--server"],
                Console.Out
            );
        }
        case ["check-host"]:
            return Processes.CheckHost(Console.Out);
        case ["log", "verify", .. var rest]:
            return LogCheck.Run(new Arguments(rest, ["--dir"], [])["--dir"], Console.Out);
        default:
            Console.Error.WriteLine(Usage);
            return 1;
    }
}
catch (UsageException fault)
{
    Console.Error.WriteLine(fault.Message);
    Console.Error.WriteLine(Usage);
    return 1;
}
catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
