"""Words that carry no meaning of their own, by language.

Short on purpose: the weights of the keyword index already make frequent words light. A brand whose languages are
mixed sees every list, so words that mean something in a neighbouring language (French "car", "son", "pour", "comment")
are left out.
"""

_WORDS = {
    "en": (
        "a an and are as at be been but by can could did do does for from had has have how i if in into is it "
        "its me my of on or our shall she should so some that the their them then there these they this to us "
        "was we were what when where which who why will with would you your am about any he her his"
    ),
    "de": (
        "aber als am an auch auf aus bei beim bin bis da das dass dem den der des die dies diese dieser "
        "dieses du durch ein eine einem einen einer eines er es euch fur hat hatte ich ihr ihre im in ist ja "
        "kann man mein meine meinem meinen meiner mich mir mit nach oder sich sie sind soll um und uns vom "
        "von vor was wenn wer werden wie wieviel wird wo wurde zu zum zur ob wann warum welche welcher "
        "welches"
    ),
    "fr": (
        "au aux avec ce ces cet cette dans de des du elle elles en est et eux il ils je la le les leur leurs "
        "lui ma mais me meme mes mon ne nos notre nous on ou par pas que quel quelle quelles quels qui sa se "
        "ses sont sur ta te tes toi ton tu un une vos votre vous y ete etre ai as ont faut puis peut"
    ),
    "it": (
        "ad agli ai al alla alle allo che chi ci come con cui da dagli dai dal dalla dalle de degli dei del "
        "della delle dello di e ed era gli ha hai ho i il in io la le lei li lo loro lui ma mi mia mie mio "
        "nel nella nelle nello noi o per perche piu qual quale quali quando quanto si sia sono su sua sue "
        "sugli sul sulla sulle suo tra tu un una uno vi voi posso puo"
    ),
    "es": (
        "al algo como con cual cuales cuando cuanto de del desde donde e el ella ellos en entre era es esa "
        "ese eso esta este esto fue ha han hay la las le les lo los mas me mi mis muy nos o para pero por que "
        "quien se ser si sin sobre su sus tu un una uno unos y ya yo puedo puede"
    ),
    "pt": (
        "a ao aos as com como da das de do dos e ela ele em entre era essa esse esta este eu foi ha isso isto "
        "ja la lhe mais mas me meu minha muito na nas no nos o os ou para pela pelo por qual quais quando "
        "quanto que quem se sem ser seu sua tem um uma posso pode"
    ),
    "nl": (
        "aan als bij dat de deze die dit een en er had heb heeft het hij hoe hun ik in is je kan maar me met "
        "mijn naar niet of om onder ons ook op te tot uit u van voor waar was wat wel welke wie wij worden "
        "wordt ze zich zijn zo kunnen"
    ),
}

STOP_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
