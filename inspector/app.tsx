import { render } from 'preact'
import { createApi } from './api.js'
import './app.css'
import { startKeyboard } from './keyboard.js'
import { Page } from './Page.js'
import { createFeed } from './state/feed.js'
import { createTokenPrompt } from './state/tokenPrompt.js'

const root = document.getElementById('app')
if (root === null) throw new Error('expected index.html to have an element with the id app')

const tokenPrompt = createTokenPrompt()
const api = createApi(location.origin, tokenPrompt.ask)
startKeyboard()
root.replaceChildren()
render(<Page api={api} feed={createFeed(api)} tokenPrompt={tokenPrompt} />, root)
