// Why a backup is not made, or not put in the place of the ledger, in words.

import ShopModel

extension Refusal.Code {
    /// One is being made already.
    public static let backupRunning = Refusal.Code(
        "backup.running", retry: .later,
        en: "A backup is being made already. Wait until it is done: edgectl backup --wait.",
        fr: "Une sauvegarde est déjà en cours. Attendez qu'elle soit finie : edgectl backup --wait.")
    /// There is no room for it: fact `folder`.
    public static let backupNoRoom = Refusal.Code(
        "backup.noRoom", retry: .later,
        en: "There is no room for a backup in {folder}. Free space on that disk, then ask again.",
        fr: "Il n'y a pas la place d'une sauvegarde dans {folder}. Libérez de l'espace, puis redemandez.")
    /// It could not be made: fact `reason`.
    public static let backupFailed = Refusal.Code(
        "backup.failed", retry: .later,
        en: "The backup could not be made; the ledger works on: {reason}",
        fr: "La sauvegarde n'a pas pu être faite ; le registre continue : {reason}")
    /// The ledger contradicts itself: fact `reason`.
    public static let backupLedgerDamaged = Refusal.Code(
        "backup.ledgerDamaged", retry: .never,
        en:
            "The copy of the ledger contradicts itself, so the ledger is damaged: {reason}. Check the disk, then put the latest backup in its place: sudo edgectl restore.",
        fr:
            "La copie du registre se contredit, le registre est donc abîmé : {reason}. Vérifiez le disque, puis remettez la dernière sauvegarde : sudo edgectl restore."
    )
    /// An agent has the state open.
    public static let restoreAgentRuns = Refusal.Code(
        "restore.agentRuns", retry: .later,
        en: "The agent is running. Stop it first: sudo systemctl stop edged.",
        fr: "L'agent est en marche. Arrêtez-le d'abord : sudo systemctl stop edged.")
    /// The file is no backup: fact `file`.
    public static let restoreNoBackup = Refusal.Code(
        "restore.noBackup", retry: .never,
        en: "{file} is not a backup of a ledger, or it was cut off. Nothing was changed.",
        fr: "{file} n'est pas une sauvegarde de registre, ou elle a été coupée. Rien n'a été changé.")
    /// The file contradicts its digest or itself: facts `file`, `reason`.
    public static let restoreDamaged = Refusal.Code(
        "restore.damaged", retry: .never,
        en: "{file} is damaged ({reason}). Nothing was changed. Take an older backup: edgectl backup --list.",
        fr:
            "{file} est abîmé ({reason}). Rien n'a été changé. Prenez une sauvegarde plus ancienne : edgectl backup --list."
    )
    /// It is a backup of another shop: facts `file`, `found`, `shop`.
    public static let restoreOtherShop = Refusal.Code(
        "restore.otherShop", retry: .never,
        en: "{file} is a backup of shop {found}, and this is shop {shop}. Nothing was changed.",
        fr: "{file} est une sauvegarde du magasin {found}, et ici c'est le magasin {shop}. Rien n'a été changé.")
    /// A later release made it: facts `file`, `found`, `known`.
    public static let restoreNewer = Refusal.Code(
        "restore.newerSchema", retry: .never,
        en:
            "{file} was made by a later release (schema {found}, this one knows {known}). Nothing was changed. Install that release first.",
        fr:
            "{file} vient d'une version plus récente (schéma {found}, celle-ci connaît {known}). Rien n'a été changé. Installez d'abord cette version."
    )
    /// The state cannot be worked on: fact `reason`.
    public static let restoreFailed = Refusal.Code(
        "restore.failed", retry: .later,
        en: "The backup could not be put in place: {reason}",
        fr: "La sauvegarde n'a pas pu être remise en place : {reason}")

    /// All refusals around backups.
    public static let backupCodes: [Refusal.Code] = [
        backupRunning, backupNoRoom, backupFailed, backupLedgerDamaged, restoreAgentRuns, restoreNoBackup,
        restoreDamaged, restoreOtherShop, restoreNewer, restoreFailed,
    ]
}
